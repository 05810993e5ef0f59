"""What honest people do, one behaviour a file, among them the ones that look like fraud and are not."""
