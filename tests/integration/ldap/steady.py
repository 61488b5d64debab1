# SPDX-License-Identifier: Apache-2.0
"""Several callers that ask one port all the time, and what each of them was answered."""
import base64
import http.client
import threading

PATIENCE = 60


class Steady:
    """Half of the callers keep their connection, half make a new one for each request. `reopens`: the server closes
    connections that wait for their next request, and a client that meets that opens another, as every client does."""

    def __init__(self, port, user="alice", password="secret", callers=6, reopens=False):
        self.reopens = reopens
        self.port = port
        self.word = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.answers = [[] for _ in range(callers)]
        self.ended = threading.Event()
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self._call, args=(n,)) for n in range(callers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(PATIENCE)

    def _ask(self, connection):
        connection.request("GET", "/", headers={"Authorization": self.word})
        response = connection.getresponse()
        response.read()
        return response.status

    def _call(self, number):
        connection = None
        while not self.ended.is_set():
            used = connection is not None and number % 2 == 0
            if not used:
                if connection is not None:
                    connection.close()
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                answer = self._ask(connection)
            except (OSError, http.client.HTTPException) as fault:
                connection.close()
                connection = None
                lost = isinstance(fault, (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError))
                if used and lost and self.reopens:
                    continue
                answer = repr(fault)
            with self.changed:
                self.answers[number].append(answer)
                self.changed.notify_all()
        if connection is not None:
            connection.close()

    def goes_on(self, more=5):
        """Until each caller was answered so many times more."""
        with self.changed:
            before = [len(answers) for answers in self.answers]
            going = self.changed.wait_for(
                lambda: all(len(answers) >= n + more for answers, n in zip(self.answers, before)), PATIENCE)
        assert going, f"callers stand still: {[len(a) - n for a, n in zip(self.answers, before)]}"

    def every(self):
        return [answer for answers in self.answers for answer in answers]
