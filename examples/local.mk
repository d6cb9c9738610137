# examples: programs to read and to begin with; tests/meta/test_examples.py compiles and runs them
examplesdir = $(docdir)/examples
dist_examples_DATA = examples/sign.c examples/verify.c examples/url.c examples/diagnose.c examples/page.c
