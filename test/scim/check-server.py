"""Runs scim2-tester against a server of SCIM, and prints each check that is no success. The arguments: URL and token."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

url, token = sys.argv[1:3]
headers = {"Authorization": f"Bearer {token}"}
with Client(base_url=url, headers=headers, timeout=30) as http:
    results = check_server(SyncSCIMClient(http))
passed = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED}
for result in results:
    if result.status not in passed:
        print(result.status.name, result.resource_type, result.title, result.reason)
print(f"{len(results)} checks")
