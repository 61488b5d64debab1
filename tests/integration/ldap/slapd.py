# SPDX-License-Identifier: Apache-2.0
"""A real slapd of a test's own: a free port, TLS from a test CA, the overlays ppolicy and memberof, and a small company."""
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
SCHEMA = pathlib.Path("/etc/ldap/schema")
PATIENCE = 60
BASE = "dc=example,dc=org"
PEOPLE = "ou=people," + BASE
GROUPS = "ou=groups," + BASE
ADMIN = "cn=admin," + BASE
SERVICE = "cn=service," + BASE
ADMIN_PASSWORD = "admin-secret"
SERVICE_PASSWORD = "service-secret"
LIBC = ctypes.CDLL(None)


def end_with_the_test():
    LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)


def run(*command, stdin=None, ok=True):
    done = subprocess.run([str(c) for c in command], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, "PATH": PATH, "LDAPNOINIT": "1"})
    if ok and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Authority:
    """A test CA, and certificates by it."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.name = name
        self.cert = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", f"/CN=Test {name}", "-keyout", self.key, "-out", self.cert)

    def issue(self, name, subject="/CN=localhost", san="DNS:localhost,IP:127.0.0.1", days="2"):
        key, request, cert = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
            "-keyout", key, "-out", request)
        extra = self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={san}\n" if san else "basicConstraints=CA:FALSE\n")
        command = ["openssl", "x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                   "-extfile", extra, "-out", cert]
        run(*command, "-days", days)
        key.chmod(0o600)
        return cert, key


CONFIG = """
{schemas}
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload memberof
sizelimit unlimited
idletimeout {idle}
{limits}
TLSCACertificateFile {ca}
TLSCertificateFile {cert}
TLSCertificateKeyFile {key}
TLSVerifyClient try
authz-regexp "gidNumber=[0-9]+\\\\+uidNumber={uid},cn=peercred,cn=external,cn=auth" "{service}"
authz-regexp "cn=client" "{service}"
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {admin_password}
directory {folder}/db
maxsize {maxsize}
{durability}
index objectClass,uid,mail,member,uniqueMember,memberUid eq
overlay memberof
memberof-dangling ignore
overlay ppolicy
ppolicy_default "cn=default,ou=policies,{base}"
ppolicy_use_lockout
{access}
"""

# The two names that accounts of Active Directory have, as it defines them.
WINDOWS_NAMES = """
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1.1 NAME 'windowsAccount' SUP top AUXILIARY
  MUST sAMAccountName MAY userPrincipalName )
"""

ACCESS = """
access to attrs=userPassword by anonymous auth by self write by * none
access to dn.subtree="ou=hidden,{base}" by dn.exact="{service}" read by * none
access to dn.subtree="ou=private,{base}" by self read by anonymous auth by * none
access to * by * read
"""

COMPANY = """
dn: {base}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people

dn: ou=private,{base}
objectClass: organizationalUnit
ou: private

dn: ou=hidden,{base}
objectClass: organizationalUnit
ou: hidden

dn: ou=groups,{base}
objectClass: organizationalUnit
ou: groups

dn: ou=policies,{base}
objectClass: organizationalUnit
ou: policies

dn: cn=default,ou=policies,{base}
objectClass: device
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5
pwdMustChange: TRUE

dn: cn=short,ou=policies,{base}
objectClass: device
objectClass: pwdPolicy
cn: short
pwdAttribute: userPassword
pwdMaxAge: 1

dn: cn=grace,ou=policies,{base}
objectClass: device
objectClass: pwdPolicy
cn: grace
pwdAttribute: userPassword
pwdMaxAge: 1
pwdGraceAuthNLimit: 1000

dn: cn=service,{base}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: service
userPassword: {service_password}
"""


def person(uid, cn=None, password="secret", mail=None, where=PEOPLE, more=()):
    cn = cn or uid.capitalize()
    lines = [f"dn: uid={uid},{where}", "objectClass: inetOrgPerson", f"uid: {uid}", f"cn: {cn}", f"sn: {cn}",
             f"mail: {mail or uid + '@example.org'}", f"userPassword: {password}", *more]
    return "\n".join(lines) + "\n\n"


def group(cn, members, where=GROUPS, kind="groupOfNames", attribute="member"):
    lines = [f"dn: cn={cn},{where}", f"objectClass: {kind}", f"cn: {cn}", *(f"{attribute}: {m}" for m in members)]
    return "\n".join(lines) + "\n\n"


def dn_of(uid, where=PEOPLE):
    return f"uid={uid},{where}"


class Slapd:
    """A running server. `ldif` is loaded before it starts; add() goes through the server, with its overlays."""

    def __init__(self, ldif="", limits="", idle=0, access=None, authority=None, certificate=None, schema="",
                 maxsize=64 << 20, durability="dbnosync"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-slapd-"))
        self.process = None
        try:
            (self.folder / "db").mkdir()
            self.authority = authority or Authority(self.folder)
            cert, key = certificate or self.authority.issue("server")
            names = ("core", "cosine", "inetorgperson", "nis")
            self.socket = self.folder / "ldapi"
            values = {"schemas": "\n".join(f"include {SCHEMA / name}.schema" for name in names) + schema, "folder": self.folder,
                      "ca": self.authority.cert, "cert": cert, "key": key, "base": BASE, "admin": ADMIN,
                      "admin_password": ADMIN_PASSWORD, "service": SERVICE, "service_password": SERVICE_PASSWORD,
                      "uid": os.getuid(), "limits": limits, "idle": idle, "maxsize": maxsize,
                      "durability": durability}
            values["access"] = (access if access is not None else ACCESS).format(**values)
            self.config = self.folder / "slapd.conf"
            self.config.write_text(CONFIG.format(**values))
            self.load(COMPANY.format(**values) + "\n" + ldif)
            self.port = self.tls_port = 0
            self.start()
        except BaseException:
            self.close()
            raise

    def load(self, ldif):
        """While it does not run."""
        run("slapadd", "-q", "-f", self.config, stdin=ldif)

    def start(self):
        end = time.monotonic() + PATIENCE
        while True:
            # Ports of an earlier run are kept: that is what "it comes back" means.
            port, tls_port = self.port or free_port(), self.tls_port or free_port()
            self.socket.unlink(missing_ok=True)
            urls = f"ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/ ldapi://{urllib.parse.quote(str(self.socket), '')}/"
            log = open(self.folder / "log", "ab")
            self.process = subprocess.Popen(["slapd", "-d", "0", "-f", self.config, "-h", urls], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True,
                                            preexec_fn=end_with_the_test,
                                            env={**os.environ, "PATH": PATH})
            log.close()
            while self.process.poll() is None and time.monotonic() < end:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    socket.create_connection(("127.0.0.1", tls_port), 1).close()
                    self.port, self.tls_port = port, tls_port
                    return
                except OSError:
                    time.sleep(0.02)
            if time.monotonic() > end:
                raise AssertionError("slapd does not start: " + (self.folder / "log").read_text())

    def stop(self, number=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def close(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"ldaps://127.0.0.1:{self.tls_port}"

    @property
    def socket_url(self):
        return "ldapi://" + urllib.parse.quote(str(self.socket), "")

    def tool(self, name, *arguments, stdin=None):
        return run(name, "-x", "-H", self.url, "-D", ADMIN, "-w", ADMIN_PASSWORD, *arguments, stdin=stdin)

    def add(self, ldif):
        self.tool("ldapadd", stdin=ldif)

    def modify(self, ldif, *arguments):
        self.tool("ldapmodify", *arguments, stdin=ldif)
