"""What things weigh before anything is built: tables that come along, and the indexes that they are made from."""
