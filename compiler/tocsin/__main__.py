"""`tocsin`, and `python -m tocsin`."""

import gc


def main() -> None:
    """Run the command line."""
    # Trees of a few thousand nodes hold no cycles: looking for some costs a tenth of the time.
    gc.set_threshold(100_000, 50, 50)
    from tocsin.cli import run  # after the line above, which its imports feel

    run()


if __name__ == "__main__":
    main()
