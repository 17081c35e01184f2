"""
How long a large file of assignments takes, and how much memory.

    DATABASE=postgresql python -m tests.benchmarks.import_assignments [--rows 100000]

Creates a database of its own on the server that libpq's variables lead to, and drops it; without
``DATABASE=postgresql`` it uses a file. As many users as rows, 1,000 roles, one role for each; the file is CSV. It is
imported twice: the second time everything is there. Memory is the most that the process held, as the system says.
"""

import argparse
import os
import resource
import tempfile
import time

import django

DATABASE_NAME = "authhub_benchmark_import_assignments"
ROLES = 1_000
BATCH = 5_000


def fill(rows: int) -> None:
    for start in range(0, rows, BATCH):
        numbers = range(start, min(rows, start + BATCH))
        User.objects.bulk_create(User(username=f"user{n}", password="!") for n in numbers)
    models.Role.objects.bulk_create(models.Role(name=f"Role {n}") for n in range(ROLES))


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(path: str, what: str) -> None:
    before, begin = megabytes(), time.perf_counter()
    with open(path, newline="") as file:
        summary = import_rows(read_rows(file, "csv"), by=None)
    seconds = time.perf_counter() - begin
    print(
        f"{what}: {summary.added:,} added, {summary.there:,} already there, {summary.errors:,} wrong "
        f"in {seconds:.1f} s ({summary.rows / seconds:,.0f} rows a second), "
        f"{megabytes() - before:.0f} MB more than before",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["NAME"] = DATABASE_NAME
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill(rows)
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("user,role\n")
            file.writelines(f"user{n},Role {n % ROLES}\n" for n in range(rows))
            file.flush()
            measure(file.name, "new")
            measure(file.name, "again")
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection

    from authhub import models
    from authhub.assignment_files.importing import import_rows
    from authhub.assignment_files.reading import read_rows

    main()
