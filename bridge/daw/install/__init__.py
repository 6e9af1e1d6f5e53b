"""Bringing our scripts into DAWs and taking them out again; starting dawbridge at login.

Nothing of the user's is ever lost: files they changed are kept beside ours as NAME.yours, files of
the DAW in which we add lines are as they were, byte for byte, once we are out.
"""
