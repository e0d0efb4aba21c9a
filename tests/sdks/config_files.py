"""Real SDKs in containers of `credrun --live` that have credentials of their own in `~/.aws`.

Every client of the matrix calls a stand-in for AWS, which refuses what credrun's set has not signed.
"""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True

import matrix
import stand_in

KEYS = "aws_access_key_id = AKIAOFTHEFILE\naws_secret_access_key = secret\n"
PROCESS = (
    """credential_process = echo '{"Version":1,"AccessKeyId":"AKIAOFAPROCESS","SecretAccessKey":"s"}'"""
)
ROLE = "role_arn = arn:aws:iam::123456789012:role/other\nsource_profile = base\n"
# What is in ~/.aws, by file.
CASES = {
    "keys in credentials": {"credentials": "[default]\n" + KEYS},
    "keys in config": {"config": "[default]\n" + KEYS},
    "credential_process": {"config": f"[default]\n{PROCESS}\n"},
    "role": {"config": f"[default]\n{ROLE}", "credentials": "[base]\n" + KEYS},
    "settings only": {"config": "[default]\nregion = us-west-1\nretry_mode = standard\n"},
}
SECONDS = 2
AT_ONCE = 3


def run(client, case, arguments, place, variables, issuer):
    """Who signed the client's calls: `credrun`, or what went wrong."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in CASES[case].items():
            with open(os.path.join(directory, name), "w") as file:
                file.write(text)
        mount = f"--volume={directory}:/root/.aws"
        made = matrix.Run(client, arguments, place, issuer, variables, [mount])
        made.end()
    if made.passed(lifetimes=1):
        return "credrun"
    made.explain()
    return "**other**"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=os.path.join(matrix.ROOT, "target/debug/credrun"))
    parser.add_argument("--network", choices=["host"], help="else one of its own")
    parser.add_argument("--client", action="append", help="only those of this name")
    arguments = parser.parse_args()
    arguments.duration = SECONDS

    issuer = stand_in.Issuer()
    variables = matrix.session(issuer)
    chosen = [c for c in matrix.CLIENTS if arguments.client is None or c.name in arguments.client]
    with matrix.network(arguments.network) as place, ThreadPoolExecutor(AT_ONCE) as at_once:
        signers = {
            (client.name, case): at_once.submit(
                run, client, case, arguments, place, variables, issuer
            )
            for client in chosen
            for case in CASES
        }
        signers = {key: signer.result() for key, signer in signers.items()}

    print("| client | " + " | ".join(CASES) + " |")
    print("|---|" + "---|" * len(CASES))
    for client in chosen:
        cells = [signers[client.name, case] for case in CASES]
        print(f"| {client.name} | " + " | ".join(cells) + " |")
    sys.exit(any(signer != "credrun" for signer in signers.values()))


if __name__ == "__main__":
    main()
