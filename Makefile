PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN = $(VENV)/bin
VENV_TAGGING ?= .venv-tagging
VENV_CLIENTS ?= .venv-clients
VENV_INTEGRATIONS ?= .venv-integrations
VENV_SITE ?= .venv-site
DEMO = runs/demo
MODEL ?= zh-small
CODE = tagger serve website deploy tests/bench tests/models tests/recipes $(filter-out tests/test_%,$(wildcard tests/*.py))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-tagging test-clients test-integrations check format page bench bench-tag bench-accuracy bench-serve requirements sbom site clean distclean torture words zh-base zh-small zh-base-next zh-small-next zh-ner

help: ## this list
	@sed -n 's/^\([a-z -]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

# Made when missing, brought up to date when the project's requirements change.
$(VENV)/.stamp: pyproject.toml constraints.txt
	@echo "installing into $(VENV), which takes a few minutes" >&2
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# What tags and serves, without torch, lightning, onnx and hydra.
$(VENV_TAGGING)/.stamp: pyproject.toml constraints.txt
	@echo "installing into $(VENV_TAGGING), which takes half a minute" >&2
	$(PYTHON) -m venv $(VENV_TAGGING)
	$(VENV_TAGGING)/bin/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt \
		-e '.[otel,parquet,zstd,inspect,grpc,test]'
	@touch $@

demo: $(VENV)/.stamp ## train on the sample corpus, export, evaluate, tag a sentence
	rm -rf $(DEMO)
	$(BIN)/python -m tagger.train hydra.run.dir=$(DEMO)
	$(BIN)/python -m tagger.export $(DEMO)/best.ckpt -o $(DEMO)/sample.onnx
	$(BIN)/python -m tagger.evaluate sample -m $(DEMO)/sample.onnx
	echo '我们明天去北京大学看朋友。' | $(BIN)/python -m tagger.tag -m $(DEMO)/sample.onnx --format slash -

# The law: these tests run where torch, lightning, onnx and hydra are not installed (nor ray).
ROOMS = text files corpus scores decoding modelfile modelfile/native tagging tagging/inspection bulk evaluation serve
COMMANDS = tag classify inspect keywords suggest annotate restandard calibrate cli jieba spacy integrations extras without_torch
TAGGING_TESTS = $(filter-out %/test_cluster.py,$(wildcard $(ROOMS:%=tests/%/test_*.py)) $(COMMANDS:%=tests/test_%.py))
PYTEST = -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.stamp test-tagging ## all tests: those of the tagging half without torch, then the others; ARGS="-k crf" picks some
	@$(BIN)/python $(PYTEST) $(TAGGING_TESTS:%=--ignore=%) $(ARGS) || [ $$? -eq 5 ]

test-tagging: $(VENV_TAGGING)/.stamp ## the tests of the tagging half, where torch is not installed
	@TESTS_WITHOUT_TORCH=1 $(VENV_TAGGING)/bin/python $(PYTEST) $(TAGGING_TESTS) $(ARGS) || [ $$? -eq 5 ]  # 5: none of ARGS

# Of others, so not among what the project installs; kserve holds older packages than constraints.txt.
$(VENV_CLIENTS)/.stamp: pyproject.toml
	@echo "installing into $(VENV_CLIENTS), which takes a minute" >&2
	$(PYTHON) -m venv $(VENV_CLIENTS)
	$(VENV_CLIENTS)/bin/python -m pip install --quiet --no-input --disable-pip-version-check -e '.[grpc,test]' \
		'kserve>=0.21,<0.22' 'tritonclient[http,grpc]>=2.73,<3' 'openapi-python-client>=0.29,<0.30'
	npm install --silent --no-save --prefix build/clients openapi-typescript@7
	@touch $@

test-clients: $(VENV_CLIENTS)/.stamp ## the service under kserve, tritonclient (HTTP, gRPC), generated clients (needs npm) and schemathesis
	TEST_CLIENTS=1 $(VENV_CLIENTS)/bin/python -m pytest tests/serve/test_clients.py tests/serve/test_grpc.py tests/serve/test_openapi.py

# Libraries that docs/integrations.md shows the tagger in.
$(VENV_INTEGRATIONS)/.stamp: pyproject.toml
	@echo "installing into $(VENV_INTEGRATIONS), which takes a minute or two" >&2
	$(PYTHON) -m venv $(VENV_INTEGRATIONS)
	$(VENV_INTEGRATIONS)/bin/python -m pip install --quiet --no-input --disable-pip-version-check -e '.[dictionary,test]' \
		'datasets>=5,<6' 'duckdb>=2,<3' 'fastapi>=0.115' 'jieba>=0.42' 'langchain-text-splitters>=1.1,<2' 'pandas>=3,<4' \
		'polars>=2,<3' 'pyarrow>=18' 'scikit-learn>=1.9,<2' 'seqeval>=1.2.2,<2' 'spacy>=3.8,<4'
	@touch $@

test-integrations: $(VENV_INTEGRATIONS)/.stamp ## docs/integrations.md with the libraries that it names, and with PostgreSQL if it is here
	TEST_INTEGRATIONS=1 $(VENV_INTEGRATIONS)/bin/python -m pytest -rs tests/test_integrations.py tests/test_jieba.py tests/test_spacy.py tests/scores/test_seqeval.py

check: $(VENV)/.stamp ## lint, format, types, import arrows, sample corpus
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=tests:tests/bench $(BIN)/mypy --strict $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python -m tagger.corpus.sample

format: $(VENV)/.stamp ## fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What /local and `python -m serve.local` run the model with: 14 MB, so not in the repository.
ORT = onnxruntime-web-1.30.0
ORT_SHA256 = d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71
page: ## install onnxruntime-web for /local (needs npm)
	rm -rf build/page serve/page/ort && mkdir -p build/page serve/page/ort
	cd build/page && npm pack --silent $(subst web-,web@,$(ORT)) && echo "$(ORT_SHA256)  $(ORT).tgz" | sha256sum --check --quiet
	tar -xzf build/page/$(ORT).tgz -C serve/page/ort --strip-components=2 \
		package/dist/ort.wasm.min.mjs package/dist/ort-wasm-simd-threaded.mjs package/dist/ort-wasm-simd-threaded.wasm
	gzip -9 --keep serve/page/ort/*.wasm

requirements: $(VENV)/.stamp ## deploy/requirements: hashes of what the image installs, by constraints.txt
	$(BIN)/python deploy/pin.py

.PHONY: native
native: $(VENV)/.stamp ## compile the fast kernel (docs/native.md) and install it; needs a C compiler
	rm -rf build/native
	$(BIN)/python -m pip wheel --quiet --no-input --disable-pip-version-check --no-deps --no-index --no-build-isolation \
		--wheel-dir build/native ./native
	$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --no-deps --no-index --force-reinstall \
		build/native/*.whl
	$(BIN)/python -m tagger --version

bench: $(VENV)/.stamp ## time an epoch of training
	$(BIN)/python tests/bench/epoch.py $(ARGS)

bench-tag: $(VENV)/.stamp ## tag a text with this and other taggers (installs them): speed, memory, where the time goes; ARGS=--kernel
	$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python tests/bench/tag.py $(ARGS)

bench-accuracy: $(VENV)/.stamp ## F1 and speed of this and other taggers (installs them) by corpus and genre, on dev
	$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python tests/bench/accuracy.py $(ARGS)

bench-serve: $(VENV)/.stamp ## the service under load, beside other servers; MODEL=NAME.onnx, or zh-base
	$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[bench-serve]'
	PYTHONPATH=tests $(BIN)/python tests/bench/serving.py --model $(MODEL) $(ARGS)

$(VENV_SITE)/.stamp: pyproject.toml constraints.txt
	@echo "installing into $(VENV_SITE), which takes a minute" >&2
	$(PYTHON) -m venv $(VENV_SITE)
	$(VENV_SITE)/bin/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[site]'
	@touch $@

site: $(VENV_SITE)/.stamp ## build/site: the documentation as a web site, with a reference from docstrings and --help; a warning is an error
	$(VENV_SITE)/bin/python -m website build/site-sources
	$(VENV_SITE)/bin/zensical build --strict -f build/site-sources/zensical.toml
	rm -rf build/site && cp -R build/site-sources/site build/site

# Two environments, so that the tool is not in its own list.
sbom: ## dist/tagger.cdx.json: the packages of the image, in CycloneDX
	rm -rf build/sbom && $(PYTHON) -m venv build/sbom/service && $(PYTHON) -m venv build/sbom/tool
	build/sbom/service/bin/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt '.[serve]'
	build/sbom/service/bin/python -m pip uninstall --quiet --yes pip setuptools
	build/sbom/tool/bin/python -m pip install --quiet --no-input --disable-pip-version-check cyclonedx-bom==7.5.0
	mkdir -p dist && build/sbom/tool/bin/cyclonedx-py environment --output-reproducible --sv 1.6 \
		-o dist/tagger.cdx.json build/sbom/service/bin/python

torture: $(VENV)/.stamp ## kill, fuzz and weigh the tagging command, under 10 minutes; ARGS="--megabytes 2000" for 2 GB
	$(BIN)/python tests/torture.py $(ARGS)

# The shipped models, from $TAGGER_DATA: what raw text teaches; a net and a Transformer that learn from gold sentences; the words that the net
# finds in raw text; both nets, told these words and taught by the two; then both again, taught by the large one and the Transformer. The next
# version of a shipped model begins with its file in place of that, taught by the shipped zh-base and the Transformer.
ZH = runs/zh
DATA = $(or $(TAGGER_DATA),./data)
TRAIN = $(DATA)/ud-zh-gsdsimp/zh_gsdsimp-ud-train.conllu
DEV = $(DATA)/ud-zh-gsdsimp/zh_gsdsimp-ud-dev.conllu
RAW = $(DATA)/raw-zh
SCORED = $(DEV) $(DATA)/ud-zh-gsdsimp/zh_gsdsimp-ud-test.conllu $(HK) tagger/corpus/raw_zh/dev tagger/corpus/raw_zh/test \
	tests/bench/cases/raw_200.standoff
HELD_OUT = $(addprefix --held-out ,$(SCORED))
COMMA = ,
EMPTY =
PRETRAIN = $(BIN)/python -m tagger.pretrain 'held_out=[$(subst $(EMPTY) $(EMPTY),$(COMMA),$(strip $(SCORED)))]'
HK = $(DATA)/ud-zh-hk/zh_hk-ud-test.conllu
WORDS = $(addprefix $(ZH)/words/,gsd-train.conllu gsd-dev.conllu gsd-test.conllu hk-train.conllu hk-dev.conllu)
STAGES = zh-words-base-first zh-words-base zh-words-base-again zh-words-small zh-words-small-again \
	zh-base-next zh-small-next zh-ner zh-ner-taught
THREADS ?= 1
# A stage that was stopped is continued; one that is out of date begins anew.
FRESH = $(if $(wildcard $@),rm -rf $(@D))
RESUME = $(if $(wildcard $@),,$(if $(wildcard $(@D)/*.ckpt),resume=$(@D)))
.SECONDARY:

$(ZH)/vectors.npz: | $(VENV)/.stamp
	$(PRETRAIN) pretrain=vectors output=$@

$(ZH)/lm.npz: $(ZH)/vectors.npz
	$(PRETRAIN) pretrain=lm pretrain.vectors=$< pretrain.max_chars=12000000 pretrain.threads=$(THREADS) output=$@

$(STAGES:%=$(ZH)/%/model.onnx) $(ZH)/zh-encoder/best.ckpt $(ZH)/zh-ner-encoder/best.ckpt:
	$(FRESH)
	$(BIN)/python -m tagger.train experiment=$(subst -,_,$(notdir $(@D))) threads=$(THREADS) hydra.run.dir=$(@D) $(RESUME)
$(ZH)/zh-encoder/best.ckpt: $(WORDS)
$(ZH)/zh-words-base-first/model.onnx: $(ZH)/lm.npz $(WORDS)
$(ZH)/zh-words-base/model.onnx: $(ZH)/zh-words-base-first/model.onnx
$(ZH)/zh-words-small/model.onnx: $(ZH)/vectors.npz
$(ZH)/zh-words-base/model.onnx $(ZH)/zh-words-small/model.onnx: $(ZH)/lexicon.npz $(ZH)/taught-words.npz $(ZH)/taught-gsd.npz
$(ZH)/zh-words-base-again/model.onnx: $(ZH)/zh-words-base/model.onnx
$(ZH)/zh-words-small-again/model.onnx: $(ZH)/zh-words-small/model.onnx
$(ZH)/zh-words-base-again/model.onnx $(ZH)/zh-words-small-again/model.onnx: $(ZH)/taught-words-again.npz $(ZH)/taught-gsd-again.npz
$(ZH)/zh-base-next/model.onnx $(ZH)/zh-small-next/model.onnx: $(ZH)/taught-words-next.npz $(ZH)/taught-gsd-next.npz

# The words of jieba's dictionary that occur 20 times or more in its corpus, beside those of raw text, without what gold sentences cut.
GOLD = $(ZH)/words/gsd-train.conllu $(ZH)/words/hk-train.conllu tagger/corpus/raw_zh/train \
	tagger/corpus/sample/train.conllu tagger/corpus/sample/ambiguous.conllu tagger/corpus/essays/train.conllu
$(ZH)/jieba.txt: | $(VENV)/.stamp
	$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt jieba
	$(BIN)/python -c 'import jieba; print(jieba.get_dict_file().read().decode())' | awk '$$2 >= 20' > $@
$(ZH)/lexicon.npz: $(ZH)/zh-words-base-first/model.onnx $(ZH)/jieba.txt
	$(BIN)/python -m tagger.lexicon $(RAW) $(HELD_OUT) -m $< --dictionary $(ZH)/jieba.txt -o $@ \
		$(addprefix --gold ,$(GOLD)) --least-share 0.5 --min-count 4

# The encoder counts twice: it cuts fewer common words than the LSTM. In gsd the shipped zh-base is as good.
$(ZH)/taught-words.npz $(ZH)/taught-gsd.npz: $(ZH)/zh-encoder/best.ckpt $(ZH)/zh-words-base-first/model.onnx
$(ZH)/taught-words-again.npz $(ZH)/taught-gsd-again.npz: $(ZH)/zh-encoder/best.ckpt $(ZH)/zh-words-base/model.onnx
$(ZH)/taught-words-next.npz $(ZH)/taught-gsd-next.npz: $(ZH)/zh-encoder/best.ckpt
TEACHERS = $< $^
$(ZH)/taught-words-next.npz: TEACHERS = $< $^ zh-base
$(ZH)/taught-gsd-next.npz: TEACHERS = $^ zh-base
$(ZH)/taught-words.npz: DRAWN = 1500000 --seed 1
$(ZH)/taught-words-again.npz: DRAWN = 1500000 --seed 2
$(ZH)/taught-words-next.npz: DRAWN = 1500000 --seed 3
$(ZH)/taught-gsd.npz: DRAWN = 800000
$(ZH)/taught-gsd-again.npz: DRAWN = 1200000
$(ZH)/taught-gsd-next.npz: DRAWN = 1200000 --seed 3
$(ZH)/taught-words%npz:
	OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m tagger.distill $(RAW) $(HELD_OUT) $(addprefix -m ,$(TEACHERS)) --standard words --precision bf16 \
		--per-file 200000 --n-chars $(DRAWN) -o $@
$(ZH)/taught-gsd%npz:
	OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m tagger.distill $(RAW) $(HELD_OUT) $(addprefix -m ,$(TEACHERS)) --standard gsd --precision bf16 \
		--like $(TRAIN) --n-chars $(DRAWN) -o $@

# Names: two teachers, which begin with encoder-zh and the shipped zh-base, label text like their corpora for a net that begins with the
# shipped zh-small.
NAMES = tagger/corpus/raw_zh_names
UNER = $(DATA)/uner-zh-gsdsimp/zh_gsdsimp-ud
$(ZH)/taught-names.npz: $(ZH)/zh-ner-encoder/best.ckpt $(ZH)/zh-ner/model.onnx
	OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m tagger.distill $(RAW) $(HELD_OUT) $(addprefix -m ,$^) --precision bf16 \
		--like $(UNER)-train.iob2 --like $(NAMES)/train --n-chars 1000000 -o $@
$(ZH)/zh-ner-taught/model.onnx: $(ZH)/taught-names.npz
$(ZH)/zh-ner-encoder/best.ckpt $(ZH)/zh-ner/model.onnx: | $(VENV)/.stamp

# The corpora of the standard words: of the treebank HK sentences 1 to 410 and 651 to 850 are for training.
HK_TRAIN = NR <= 410 || (NR >= 651 && NR <= 850)
$(ZH)/words/gsd-%.conllu: $(DATA)/ud-zh-gsdsimp/zh_gsdsimp-ud-%.conllu | $(VENV)/.stamp
	mkdir -p $(@D)
	$(BIN)/python -m tagger.restandard words $< $@
$(ZH)/words/hk.conllu: $(HK) | $(VENV)/.stamp
	mkdir -p $(@D)
	$(BIN)/python -m tagger.restandard words --from hk $< $@
$(ZH)/words/hk-train.conllu $(ZH)/words/hk-dev.conllu &: $(ZH)/words/hk.conllu
	awk -v RS= -v ORS='\n\n' '$(HK_TRAIN)' $< > $(ZH)/words/hk-train.conllu
	awk -v RS= -v ORS='\n\n' '!($(HK_TRAIN))' $< > $(ZH)/words/hk-dev.conllu

words: $(WORDS) ## the corpora of the standard words, from TAGGER_DATA: what experiment=zh_words_base and zh_words_small train on

# By genre: those of raw-zh and essays, films and parliament of HK's dev sentences, and the sample corpus by its own genres.
OWN = chat dialogue encyclopaedia essay law narrative news question recipe review service social speech technical
GENRES = $(addprefix --genre ,tagger/corpus/raw_zh/test tagger/corpus/essays/test.conllu film=$(ZH)/words/hk-dev.conllu\#1-650 \
	parliament=$(ZH)/words/hk-dev.conllu\#651-1004 $(foreach own,$(OWN),sample-$(own)=tagger/corpus/sample/test.conllu\#$(own)-))
CALIBRATION = $(ZH)/words/gsd-dev.conllu $(ZH)/words/hk-dev.conllu tagger/corpus/raw_zh/dev/*.standoff \
	tagger/corpus/sample/dev.conllu tagger/corpus/essays/dev.conllu

zh-base: $(ZH)/zh-words-base-again/model.onnx
zh-small: $(ZH)/zh-words-small-again/model.onnx
zh-base-next: $(ZH)/zh-base-next/model.onnx
zh-small-next: $(ZH)/zh-small-next/model.onnx
zh-base-next zh-small-next: ## the same from the shipped model, as its next version
zh-base zh-small: ## train a model like the shipped one from nothing, from TAGGER_DATA (two hours on two cores)
zh-base zh-small zh-base-next zh-small-next: NAME = $(@:%-next=%)
zh-base zh-small zh-base-next zh-small-next:
	$(BIN)/python -m tagger.export $(<D)/best.ckpt -o $(<D)/$(NAME).onnx --round --model-version 10 --dev $(ZH)/words/gsd-dev.conllu
	$(BIN)/python -m tagger.calibrate $(CALIBRATION) -m $(<D)/$(NAME).onnx --standard words
	$(BIN)/python -m tagger.calibrate $(DEV) -m $(<D)/$(NAME).onnx --standard gsd
	$(BIN)/python -m tagger.card zh_words -m $(<D)/$(NAME).onnx -o $(<D)/$(NAME).md $(GENRES) --command "make $@"

zh-ner: $(ZH)/zh-ner-taught/model.onnx ## train the shipped model of names again, from TAGGER_DATA (half an hour of a core)
	$(BIN)/python -m tagger.export $(<D)/best.ckpt -o $(<D)/$@.onnx --round --model-version 3 --dev $(UNER)-dev.iob2
	$(BIN)/python -m tagger.calibrate $(UNER)-dev.iob2 $(NAMES)/dev -m $(<D)/$@.onnx
	$(BIN)/python -m tagger.card uner_zh_gsdsimp -m $(<D)/$@.onnx -o $(<D)/$@.md --genre $(NAMES)/test --command "make $@"

clean: ## delete what demo, checks and builds left; other runs and the virtual environment stay
	rm -rf $(DEMO) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find tagger serve tests -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## clean, and delete the virtual environment
	rm -rf $(VENV) $(VENV_TAGGING) $(VENV_CLIENTS) $(VENV_INTEGRATIONS) $(VENV_SITE)
