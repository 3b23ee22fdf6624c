// Builds what the pages load into $OUT, and the fonts of printed documents into $FONTS; run by
// hatch_build.py, or `OUT=… FONTS=… npm run build`.
//
// Order matters: workers, styles, font and icons first, because the scripts carry their hashed names. The
// manifest is written last: a folder with a manifest is a whole build.

import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { LICENCE, PRINTED, cutFont } from './font.mjs'
import { ICONS } from './src/icons.js'

const out = process.env.OUT ?? '../src/sandan/web/assets'
const fonts = process.env.FONTS ?? '../src/sandan/printing/fonts'
const TARGET = ['chrome120', 'firefox121', 'safari17']
const SMALL = 1024 // not worth a compressed copy
const COMPRESSED = new Set(['.js', '.mjs', '.css', '.svg'])

for (const folder of [out, fonts]) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}
const files = {}

/** Write `content` under a name with its hash. */
function put(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8)
  files[name] = `${basename(name, extname(name))}-${hash}${extname(name)}`
  writeFileSync(join(out, files[name]), content)
}

async function bundled(entry, options) {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, target: TARGET, write: false, legalComments: 'none', logLevel: 'warning', ...options })
  return outputFiles[0].text
}

const strokes = (path) => `<path d="${path}"/>`
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${Object.entries(ICONS)
  .map(([name, path]) => `<symbol id="${name}" viewBox="0 0 24 24">${strokes(path)}</symbol>`)
  .join('')}</svg>`
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#22282e"/><g fill="none" stroke="#f1f3f5" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${strokes(ICONS.complex)}</g></svg>`

put('font.woff2', await cutFont())
writeFileSync(join(out, 'font-LICENSE.txt'), readFileSync(LICENCE))
for (const path of [...PRINTED, LICENCE]) copyFileSync(path, join(fonts, basename(path)))
put('icons.svg', sprite)
put('icon.svg', icon)
put('stream-worker.js', await bundled('src/stream-worker.js', { format: 'iife' }))
put('map-worker.mjs', readFileSync('node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs', 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'))
for (const [name, entry] of [['app', 'src/app.css'], ['map', 'src/islands/map/map.css'], ['trend', 'src/islands/trend.css'], ['chart', 'src/islands/chart.css'], ['gantt', 'src/islands/gantt.css']])
  put(`${name}.css`, (await bundled(entry, { external: ['FONT_FILE'] })).replace('FONT_FILE', files['font.woff2']))

const { metafile } = await build({
  entryPoints: { app: 'src/app.js' },
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  metafile: true,
  target: 'es2022',
  outdir: out,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  define: { FILES: JSON.stringify(files) },
  legalComments: 'external',
  logLevel: 'warning',
})
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) if (entryPoint === 'src/app.js') files['app.js'] = basename(path)

for (const name of readdirSync(out)) {
  const content = readFileSync(join(out, name))
  if (COMPRESSED.has(extname(name)) && content.length > SMALL) writeFileSync(join(out, `${name}.gz`), gzipSync(content, { level: 9 }))
}
writeFileSync(join(out, 'manifest.json'), `${JSON.stringify({ hash: process.env.SOURCES_HASH ?? '', files, fonts: PRINTED.map((path) => basename(path)) }, null, 1)}\n`)
