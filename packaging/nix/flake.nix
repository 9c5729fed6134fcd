# dlint as a flake of a clone of this repository:
#
#     nix run "git+file://$PWD?dir=packaging/nix" -- check
#
# Some packages that dlint needs are not in nixpkgs. So the first run installs what
# requirements/run.lock pins, by the hashes there, into the user's cache. Nothing here repeats a
# version. It is not run in CI, which has no Nix.
{
  description = "The Dockerfile linter that knows what a line costs to push";

  inputs.nixpkgs.url = "nixpkgs/nixos-25.05";

  outputs = { self, nixpkgs }:
    let
      source = ../..;
      project = (builtins.fromTOML (builtins.readFile (source + "/pyproject.toml"))).project;
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      eachSystem = nixpkgs.lib.genAttrs systems;
    in
    {
      packages = eachSystem (system:
        let pkgs = nixpkgs.legacyPackages.${system};
        in {
          default = pkgs.writeShellApplication {
            name = "dlint";
            runtimeInputs = [ pkgs.git pkgs.python313 ];
            text = ''
              home="''${XDG_CACHE_HOME:-$HOME/.cache}/dlint-nix/${project.version}-${builtins.baseNameOf source}"
              if [ ! -e "$home/ready" ]; then
                python -m venv --clear "$home"
                "$home/bin/pip" install --quiet --require-hashes -r ${source}/requirements/run.lock
                "$home/bin/pip" install --quiet --no-deps ${source}
                touch "$home/ready"
              fi
              export LD_LIBRARY_PATH="${pkgs.lib.makeLibraryPath [ pkgs.stdenv.cc.cc.lib ]}"
              exec "$home/bin/dlint" "$@"
            '';
          };
        });
    };
}
