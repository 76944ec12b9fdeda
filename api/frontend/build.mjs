// Bundles src/ into ../static/dist: hashed names, manifest.json (logical name -> file), an icon sprite, licence texts.
import * as esbuild from 'esbuild';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = process.env.STATIC_OUT || path.join(here, '../static/dist');
const modules = path.join(here, 'node_modules');

async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: {
      app: 'src/app.js',
      viewer: 'src/viewer.js',
      'app-css': 'src/app.css',
      'viewer-css': 'src/viewer.css',
    },
    outdir: out,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: ['es2021', 'safari15.4', 'chrome99', 'firefox102'],
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    assetNames: 'asset-[name]-[hash]',
    // the diagram font is needed as woff2 alone; its four other formats would ship for nothing
    loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'empty' },
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  const manifest = {};
  for (const [file, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (!entryPoint) continue;
    const logical = path.basename(file).replace(/-[A-Z0-9]{8}(?=\.)/, '').replace('-css.css', '.css');
    manifest[logical] = path.basename(file);
  }
  return { manifest, inputs: Object.keys(result.metafile.inputs) };
}

function sprite() {
  const symbols = JSON.parse(fs.readFileSync(path.join(here, 'icons.json'), 'utf8')).map((name) => {
    const svg = fs.readFileSync(path.join(modules, `@tabler/icons/icons/outline/${name}.svg`), 'utf8');
    const inner = svg.replace(/<!--[\s\S]*?-->/g, '').replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, '').replace(/\s*\n\s*/g, '');
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
  return write('icons', text);
}

/** Writes an SVG under a name that carries its content's hash; returns that name. */
function write(name, text) {
  const hash = crypto.createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
  fs.writeFileSync(path.join(out, `${name}-${hash}.svg`), text);
  return `${name}-${hash}.svg`;
}

function licences(inputs) {
  const packages = new Set(['node_modules/@tabler/icons']);
  for (const input of inputs) {
    const found = input.match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/);
    if (found) packages.add(found[0]);
  }
  return [...packages].sort().map((dir) => {
    const full = path.join(here, dir);
    const meta = JSON.parse(fs.readFileSync(path.join(full, 'package.json'), 'utf8'));
    const file = fs.readdirSync(full).find((name) => /^licen[cs]e/i.test(name));
    return `==== ${meta.name} ${meta.version} (${meta.license})\n${file ? fs.readFileSync(path.join(full, file), 'utf8') : ''}`;
  }).join('\n');
}

fs.rmSync(out, { recursive: true, force: true });
const { manifest, inputs } = await bundle();
manifest['icons.svg'] = sprite();
manifest['favicon.svg'] = write('favicon', fs.readFileSync(path.join(here, 'src/favicon.svg'), 'utf8').trim());
fs.writeFileSync(path.join(out, 'THIRD_PARTY_LICENSES.txt'), licences(inputs));
fs.writeFileSync(path.join(out, 'manifest.json'), JSON.stringify(manifest, null, 1));
for (const name of fs.readdirSync(out)) {
  if (!/\.(js|css|svg)$/.test(name)) continue; // served as they are to who takes gzip: api/assets.py
  fs.writeFileSync(path.join(out, `${name}.gz`), zlib.gzipSync(fs.readFileSync(path.join(out, name)), { level: 9 }));
}
