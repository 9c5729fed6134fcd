# A formula for a clone of this repository:
#
#     brew install --HEAD ./packaging/homebrew/dlint-dockerfile.rb
#
# It has neither versions nor addresses of packages, which would go stale: pip installs what
# requirements/run.lock pins, by the hashes there. It is not run in CI, which has no Homebrew.
class DlintDockerfile < Formula
  include Language::Python::Virtualenv

  desc "The Dockerfile linter that knows what a line costs to push"
  homepage "https://dlint-dockerfile.readthedocs.io/en/stable/"
  license "Apache-2.0"
  head File.expand_path("../..", __dir__), using: :git

  depends_on "git"
  depends_on "python@3.13"

  def install
    virtualenv_create(libexec, "python3.13")
    pip = ["python3.13", "-m", "pip", "--python=#{libexec}/bin/python", "install"]
    system(*pip, "--require-hashes", "-r", "requirements/run.lock")
    system(*pip, "--no-deps", ".")
    bin.install_symlink libexec/"bin/dlint"
  end

  test do
    (testpath/"Dockerfile").write "FROM scratch\nRUNN true\n"
    assert_match "syntax/error", shell_output("#{bin}/dlint check Dockerfile", 1)
  end
end
