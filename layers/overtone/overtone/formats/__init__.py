"""Readers and writers of the formats that the industry, banks and finance teams use.

It owns the form: which field stands where, in which encoding, and what of a file cannot be read. It does not own what a file is to say
(`payout` and `settlement` do), nor where it is kept: bytes come in and go out.
"""
