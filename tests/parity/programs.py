"""How each program is asked whose its credentials are: each makes one GetCallerIdentity.

The AWS CLI and botocore are asked in this process, since starting Python 130 times takes a
minute. Each gives the region that it takes, or the words of its refusal.
"""

import contextlib
import io
import json
import os
import subprocess


class Refused(Exception):
    """A program does not go on."""


class Credrun:
    def __init__(self, path):
        self.path = path

    def ask(self, flags, variables):
        command = [self.path, "whoami", "--output", "json", *flags]
        ended = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=30
        )
        if ended.returncode != 0:
            raise Refused(" / ".join(ended.stderr.strip().splitlines()))
        return json.loads(ended.stdout)["Region"]


@contextlib.contextmanager
def environment(variables):
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


class Botocore:
    """boto3 is a thin layer on it, with the same arguments."""

    def __init__(self):
        import botocore.loaders
        import botocore.session

        self.session = botocore.session
        # One for all rows: it keeps the models of the services.
        self.loader = botocore.loaders.create_loader()

    def ask(self, flags, variables):
        named = dict(zip(flags[::2], flags[1::2]))
        with environment(variables):
            session = self.session.Session(profile=named.get("--profile"))
            session.register_component("data_loader", self.loader)
            try:
                client = session.create_client("sts", region_name=named.get("--region"))
                client.get_caller_identity()
                return named.get("--region") or session.get_config_variable("region")
            except Exception as error:  # whatever it is, it is what a user of boto3 sees
                raise Refused(f"{type(error).__name__}: {error}") from error


class AwsCli:
    def __init__(self):
        import awscli.clidriver

        self.clidriver = awscli.clidriver
        # The logger of its parts in C can be set once in a process.
        self.clidriver.disable_crt_logging = lambda: None
        # Set when the CLI is imported: where its models are.
        self.data = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
        self.loader = None

    def ask(self, flags, variables):
        errors = io.StringIO()
        with environment(variables | self.data):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
                try:
                    driver = self.driver()
                    status = driver.main(["sts", "get-caller-identity", *flags])
                except Exception as error:  # a user sees a traceback
                    raise Refused(f"{type(error).__name__}: {error}") from error
            if status != 0:
                raise Refused(errors.getvalue().strip())
            return driver.session.get_config_variable("region")

    def driver(self):
        driver = self.clidriver.create_clidriver()
        # One loader for all rows: it keeps the models of the services.
        self.loader = self.loader or driver.session.get_component("data_loader")
        driver.session.register_component("data_loader", self.loader)
        return driver
