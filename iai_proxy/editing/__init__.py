"""Recordings made of others: cut, joined, copied.

What is made is a new recording that appears complete or not at all; the calls in it are those of
its inputs, byte for byte.

    chosen    which steps of which simulations are to stay
    kept      which calls these need
    trim      a new recording of them
    apart     names that several recordings use for different things, told apart
    merge     a new recording of the calls of several
    copying   one plain file of a recording that may be growing
"""
