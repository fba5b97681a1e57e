"""What the family agreed, and the gate that every act passes."""
