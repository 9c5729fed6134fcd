"""What installs, downloads and bases weigh."""
