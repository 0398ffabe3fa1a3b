import { availableParallelism } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { configDefaults, defineConfig } from 'vitest/config'

const ROOT = import.meta.dirname
const UNIT_TIMEOUT_MS = 10_000
/** These start real processes, real servers and the real Claude Code on a machine that may be busy. */
const PROCESS_TIMEOUT_MS = 30_000
/** Tests that start processes wait more than they work, so a small machine carries more of them than it has cores. */
const MIN_WORKERS = 4

/** The tiers are started some hundred times, and half of a start is compiling. Those who start them hand this on. */
const NODE_COMPILE_CACHE = `${ROOT}/node_modules/.cache/farhand/compile`

/** Folders beside the packages have their tests anywhere. */
const BESIDE_PACKAGES: readonly string[] = ['scripts', 'chaos', 'bench']

/** One project per package. Tests stand beside the code, or in `test/` where they need more than one part. */
export default defineConfig({
  test: {
    maxWorkers: Math.max(MIN_WORKERS, availableParallelism() - 1),
    projects: [
      nodeProject('shared', 'packages/shared', UNIT_TIMEOUT_MS),
      nodeProject('server', 'packages/server', PROCESS_TIMEOUT_MS),
      nodeProject('agent', 'packages/agent', PROCESS_TIMEOUT_MS),
      nodeProject('scripts', 'scripts', PROCESS_TIMEOUT_MS),
      nodeProject('chaos', 'chaos', PROCESS_TIMEOUT_MS),
      nodeProject('bench', 'bench', PROCESS_TIMEOUT_MS),
      {
        plugins: [vue()],
        test: {
          ...common('web', 'packages/web', UNIT_TIMEOUT_MS),
          environment: 'happy-dom',
          pool: 'vmThreads', // a DOM for each worker, not for each file: half the time
        },
      },
    ],
  },
})

function nodeProject(name: string, folder: string, timeoutMs: number) {
  return { test: { ...common(name, folder, timeoutMs), environment: 'node' as const } }
}

function common(name: string, folder: string, timeoutMs: number) {
  return {
    name,
    root: `${ROOT}/${folder}`,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', ...(BESIDE_PACKAGES.includes(name) ? ['**/*.test.ts'] : [])],
    // What takes minutes is for `npm run test:long`.
    exclude: [...configDefaults.exclude, ...(process.env['FARHAND_LONG'] === undefined ? ['**/*.long.test.ts'] : [])],
    setupFiles: [`${ROOT}/vitest.setup.ts`],
    env: { NODE_COMPILE_CACHE },
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  }
}
