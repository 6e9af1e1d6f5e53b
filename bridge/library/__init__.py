"""What is kept of what was understood: recordings, takes, regions, riffs, hits, and the jobs.

`bridge.library.library.Library` is the way in; `bridge.library.runner.Runner` runs its jobs on
any `concurrent.futures.Executor`. Facts stand in a database, what was heard (findings) in files
beside it, in a folder per recording that is named by its sound.
"""
