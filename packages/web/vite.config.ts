import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const SERVER = process.env['FARHAND_SERVER'] ?? 'http://127.0.0.1:3000'

/** Names the styles before the scripts: the first look needs them alone. */
const stylesFirst: Plugin = {
  name: 'styles-first',
  transformIndexHtml: {
    order: 'post',
    handler(html) {
      const links = html.match(/^ *<link rel="stylesheet".*\n/gm) ?? []
      const without = links.reduce((rest, link) => rest.replace(link, ''), html)
      return without.replace(/^ *<script type="module"/m, (script) => `${links.join('')}${script}`)
    },
  },
}

export default defineConfig({
  plugins: [vue(), stylesFirst],
  // One `.env` for the whole repository. Only names with these prefixes reach the page.
  envDir: fileURLToPath(new URL('../..', import.meta.url)),
  envPrefix: ['VITE_', 'WS_'],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Nothing is inlined: the page's content security policy takes fonts from files only.
    assetsInlineLimit: 0,
    // What every page begins with is one file, and so is a session's page: over HTTP/1.1, thirty small ones wait for
    // each other. `npm run check` says how large they may be.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'shell', tags: ['$initial'], priority: 1 },
            { name: 'session', test: /SessionPage\.vue/ },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 600,
  },
  // The highlighter loads each grammar when it is first needed.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: SERVER },
      '/socket.io': { target: SERVER, ws: true },
    },
  },
})
