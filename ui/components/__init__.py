"""Components with their own JavaScript, one folder each; `shared` contains scripts that several of them include."""
