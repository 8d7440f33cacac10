"""What banks read and answer: payment files out, acknowledgements and statements in."""
