"""What energy keeps in the registry: contracts and closed bills."""
