"""A made-up city of card rings and honest crowds, with baselines and a judge: what finds the rings, and how soon?"""
