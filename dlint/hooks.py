"""The markers of hooks: what declares one, and what answers it."""

import pluggy

hookspec = pluggy.HookspecMarker("dlint")
hookimpl = pluggy.HookimplMarker("dlint")
