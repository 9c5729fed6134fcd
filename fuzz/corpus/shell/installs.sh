set -eux; export A=b
apt-get update && apt-get install -y --no-install-recommends "curl=1.2" git || exit 1
if [ "$A" = b ]; then pip install --no-cache-dir 'a[b]==1' -r req.txt; else npm ci --omit=dev; fi
for i in 1 2 {a..c}; do echo "${i%.*}" >> /tmp/$i 2>&1; done
while read -r l; do case $l in a|b) rm -rf /var/lib/apt/lists/*;; *) ;; esac; done < /etc/x
curl -fsSL https://example.com/a.tgz | tar -xz -C /opt --strip-components=1
git clone --depth 1 -b v1 https://example.com/a.git /src && cd /src && make install
( useradd -u 1000 a; chown -R a:a /src ) & wait $!
f() { local x=$(cat <<X
$1
X
); }; f `echo a` && [[ $A =~ ^b$ ]] && sha256sum -c - <<< "x  y"
