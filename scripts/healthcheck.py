"""Exit code 0 if this container's CashPilot and its database answer. Standard library only."""

import os
import sys
from urllib.error import URLError
from urllib.request import Request, urlopen

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health/ready/"

try:
    # By a name that it answers to.
    with urlopen(Request(address, headers={"Host": host}), timeout=4) as response:
        sys.stdout.write(response.read().decode())
except (URLError, OSError) as error:
    sys.exit(f"{address} {error}")
