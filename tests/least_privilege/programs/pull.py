"""Asks ECR for what `docker pull` asks it for: a login, a manifest, and where each layer is."""

import json
import os

import boto3

ecr = boto3.client("ecr")
repository = os.environ["REPOSITORY"]

ecr.get_authorization_token()
image = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "latest"}])
manifest = json.loads(image["images"][0]["imageManifest"])
for layer in manifest["layers"]:
    ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=layer["digest"])
print("done")
