"""Write a detection once; compile it for every SIEM, exactly or with the error named."""

__version__ = "0.1.0"
