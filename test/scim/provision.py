"""Provisions users and a group by scim2-client. The arguments: URL, token and the number of users."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import SearchRequest

url, token, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
headers = {"Authorization": f"Bearer {token}"}
with Client(base_url=url, headers=headers, timeout=60) as http:
    client = SyncSCIMClient(http)
    client.discover()
    User, Group = client.get_resource_model("User"), client.get_resource_model("Group")
    users = [client.create(User(user_name=f"person-{n}")) for n in range(number)]
    members = [Group.Members(value=user.id) for user in users]
    client.create(Group(display_name="team-all", members=members))
    found = client.query(User, query_parameters=SearchRequest(count=1))
    print(f"{found.total_results} users")
