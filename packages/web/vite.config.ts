import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const SERVER = process.env['FARHAND_SERVER'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [vue()],
  // One `.env` for the whole repository. Only names with these prefixes reach the page.
  envDir: fileURLToPath(new URL('../..', import.meta.url)),
  envPrefix: ['VITE_', 'WS_'],
  // Nothing is inlined: the page's content security policy takes fonts from files only.
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0 },
  // The highlighter loads each grammar when it is first needed.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: SERVER },
      '/socket.io': { target: SERVER, ws: true },
    },
  },
})
