// How the web app is built: into the package of the station, which serves it under /app/.
import { gzipSync } from "node:zlib";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultClientConditions, type Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { VitePWA } from "vite-plugin-pwa";

const MEGABYTE = 1024 * 1024;
const BUILT = join(import.meta.dirname, "../../src/beadwatch/server/app");

/** Lay a .gz beside what shrinks, so that the station need not compress 14 MB for each phone. */
function gzipped(): Plugin {
  return {
    name: "gzipped",
    apply: "build",
    enforce: "post",
    closeBundle: {
      order: "post",
      sequential: true,
      handler() {
        const folder = join(BUILT, "assets");
        for (const name of readdirSync(folder)) {
          if (!/\.(js|mjs|css|wasm)$/.test(name)) continue;
          writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
        }
      },
    },
  };
}

export default defineConfig({
  base: "./", // below whatever path the station lies
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  build: { outDir: BUILT, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000 },
  worker: { format: "es" },
  server: { proxy: { "/v1": "http://127.0.0.1:8000" } },
  plugins: [
    VitePWA({
      registerType: "prompt",
      injectRegister: false,
      manifest: {
        name: "Beadwatch",
        short_name: "Beadwatch",
        description: "Inspects welds, offline too",
        start_url: "./",
        scope: "./",
        display: "standalone",
        background_color: "#101215",
        theme_color: "#101215",
        icons: [
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        // The plain runtime is kept from the start; the one for WebGPU, twice as large, once a device has used it.
        globPatterns: ["**/*.{html,js,mjs,css,svg,png}", "assets/ort-wasm-simd-threaded-*.wasm"],
        maximumFileSizeToCacheInBytes: 20 * MEGABYTE,
        navigateFallback: "index.html",
        cleanupOutdatedCaches: true,
        runtimeCaching: [
          { urlPattern: /\/app\/assets\//, handler: "CacheFirst", options: { cacheName: "assets" } },
        ],
      },
    }),
    gzipped(),
  ],
  test: { include: ["tests/**/*.test.ts"] },
});
