"""The console: pages for people, rendered on the server by one function.

It owns sign-in, sessions, pages and their words. It does not own a single permission on a table or bucket: every page asks the HTTP APIs'
own functions with the claims of the person who looks, so that a page shows and does what the API allows that person, and nothing else.
"""
