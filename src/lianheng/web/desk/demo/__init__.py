"""示范城市: the demonstration city 衡阳, built by calling the services that people call; the same every time."""
