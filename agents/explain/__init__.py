"""Why a policy chose what it chose: attributions, pictures of them, and pages of pictures."""
