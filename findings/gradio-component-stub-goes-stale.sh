#!/usr/bin/env bash
# gradio 6.31.0 beside mypy 2.4.1: importing a module that defines a component class writes NAME.pyi beside NAME.py, a
# copy of the whole module. Later imports refresh that class in the stub and nothing else, so a function that is added to
# the module afterwards runs, but a type checker, which prefers stubs, says that the module has no such attribute.
# One would guess: a stub that a library writes by itself is kept in step with the module, or holds the class alone.
# Fails if gradio or mypy behave otherwise.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gradio==6.31.0 mypy==2.4.1
export GRADIO_ANALYTICS_ENABLED=False HF_HUB_DISABLE_TELEMETRY=1
venv/bin/python -c "import gradio; print('gradio', gradio.__version__)"
venv/bin/mypy --version

cat > widgets.py <<'PY'
import gradio as gr


class Picture(gr.Image):
    is_template = True


def first() -> int:
    return 1
PY
cat > use.py <<'PY'
import widgets

print(widgets.first(), widgets.second())
PY

venv/bin/python -c "import widgets"
test -f widgets.pyi
echo "the import wrote: $(ls widgets.pyi), with $(grep '^def' widgets.pyi)"
printf '\n\ndef second() -> int:\n    return 2\n' >> widgets.py
test "$(venv/bin/python use.py)" = "1 2"
echo "the function that was added runs: $(venv/bin/python use.py)"
said=$(venv/bin/mypy --follow-imports=silent use.py || true)
echo "mypy: $said"
grep -q 'Module has no attribute "second"' <<< "$said"
rm widgets.pyi
venv/bin/mypy --follow-imports=silent use.py | grep -q "Success"
echo "without the stub mypy finds it"
