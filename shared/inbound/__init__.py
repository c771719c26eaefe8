"""What other systems send by themselves: complaints and telephone calls, by signed webhooks (R1.4, R1.8)."""
