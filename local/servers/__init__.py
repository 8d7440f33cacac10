"""The second pair of engines: dynalite for tables and versitygw for objects, two servers that know nothing of this project.

What they do not have is done here, and is as good a judge as we are: transactions (their conditions are dynalite's to judge, see
`dynamodb`), times to live, streams, what a bucket tells of new objects. Queues, state machines and the rest are those of `memory`.
"""
