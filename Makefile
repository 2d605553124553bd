# make help | setup | build | wireguard-go | deb | image | demo | test | test-unit | test-cluster | test-vm | vm | test-long | mutants | bench | lint | format | clean
NODE := node_modules/.bin/node
VITEST := $(NODE) node_modules/vitest/vitest.mjs run
SOURCES := $(shell find src -name '*.ts' -not -name '*.test.ts' 2>/dev/null)

.PHONY: help setup build wireguard-go deb image demo test test-unit test-kernel test-lab test-cluster test-vm vm test-long mutants bench lint format clean

help: ## what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

setup: node_modules/.installed ## installs what the machine lacks: Debian packages, npm packages
	@scripts/setup-system
	@$(if $(filter setup,$(MAKECMDGOALS)),scripts/build-wireguard-go.sh --offer)

# Not `npm ci`: it fails where a registry lacks the optional packages of platforms that nobody here uses.
node_modules/.installed: package.json package-lock.json
	@scripts/setup-system
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

build: dist/damask.js dist/damask-cni ## the program and the CNI client

dist/damask.js: $(SOURCES) scripts/build.ts node_modules/.installed
	@$(NODE) scripts/build.ts

dist/damask-cni: src/cni/damask.c src/cni/bare-libc.c scripts/build-cni.sh
	@scripts/build-cni.sh

wireguard-go: dist/wireguard-go ## the current wireguard-go, faster than Debian's: docs/wireguard.md (needs Go)

dist/wireguard-go: scripts/build-wireguard-go.sh
	@scripts/build-wireguard-go.sh

deb: node_modules/.installed ## a Debian package of all that a machine needs: dist/damask_VERSION_ARCHITECTURE.deb
	@$(NODE) scripts/build-deb.ts

image: node_modules/.installed dist/wireguard-go ## an OCI image of all that a node of a cluster needs: dist/damask-image_VERSION_ARCHITECTURE.tar (needs Go)
	@$(NODE) scripts/build-image.ts

demo: setup build ## four clouds in a lab: every pair of pods, the meter of the internet, and all taken down again
	@bin/damask graph examples/four-clouds.yaml
	@bin/damask lab run examples/four-clouds.yaml

test: setup build lint ## everything that must hold, in namespaces of its own (root)
	@$(VITEST)

test-unit: node_modules/.installed ## seconds, no root
	@$(VITEST) --project unit

test-kernel: setup build ## the kernel door in namespaces
	@$(VITEST) --project kernel

test-lab: setup build ## whole labs
	@$(VITEST) --project lab

test-cluster: setup build ## Kubernetes clusters; the first time builds Kubernetes (minutes)
	@$(VITEST) --project cluster

test-vm: setup build ## in a virtual machine, with kernels that have everything
	@$(VITEST) --project vm

vm: setup build ## a shell in that machine
	@$(NODE) test/vm/shell.ts

test-long: test ## make test, and the laws on many more random worlds, others each time, 300 broken labs, every MTU, an API server that is away for ten minutes, all suites on all kernels
	@LAW_SEED=random LAW_RUNS=2000 $(VITEST) --project unit --testTimeout 3600000
	@LAW_SEED=random VERDICT_WORLDS=300 $(VITEST) --project lab test/verdicts --testTimeout 3600000
	@MATRIX=all $(VITEST) --project lab test/lab/mtu.test.ts
	@API_AWAY_SECONDS=600 $(VITEST) --project cluster test/cluster/api-away.test.ts
	@MATRIX=all $(VITEST) --project vm

mutants: node_modules/.installed ## mutation tests of the verifier: minutes for a sample of its lines, all of them with MUTANT_LINES=all
	@$(NODE) scripts/mutants.ts

bench: setup build ## measures, beside peers, into bench/results
	@$(NODE) --expose-gc bench/main.ts

lint: node_modules/.installed ## types, house rules, format
	@node_modules/.bin/tsc -b
	@node_modules/.bin/biome check --error-on-warnings .

format: node_modules/.installed ## writes the house format
	@node_modules/.bin/biome check --write .

clean: ## takes away what was built
	rm -rf dist .tsbuild
