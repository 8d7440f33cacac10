"""Readers and writers of the formats that the industry, banks and finance teams use."""
