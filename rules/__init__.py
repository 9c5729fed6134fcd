"""The rules that come with dlint: a plugin like any other, which imports only what `dlint`
offers.
"""
