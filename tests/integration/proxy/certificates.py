# SPDX-License-Identifier: Apache-2.0
"""Certificates for a test, made with the openssl program."""
import os
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class Authority:
    """Signs certificates; all files are in one folder."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        self.name = name
        self.file = os.path.join(folder, name + ".pem")
        self.key = os.path.join(folder, name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.file)

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1", days="2"):
        """(certificate, key) of a server or client."""
        key, request, extensions, file = (os.path.join(self.folder, name + end) for end in
                                          (".key", ".csr", ".ext", ".pem"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-keyout", key, "-out", request)
        with open(extensions, "w") as text:
            text.write("subjectAltName=" + names + "\n")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", days,
                "-extfile", extensions, "-out", file)
        return file, key
