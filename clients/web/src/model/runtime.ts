// ONNX Runtime Web, by WebGPU where there is one or by WebAssembly, loaded only when a model is.

import type { InferenceSession, Tensor } from "onnxruntime-web/wasm";
import plainModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import plainBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import gpuModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";

/** What runs graphs on this device. */
export interface Runtime {
  name: "wasm" | "webgpu";
  threads: number;
  open: (graph: Uint8Array) => Promise<InferenceSession>;
  tensor: (pixels: Uint8Array, dims: number[]) => Tensor;
}

interface Adapter {
  info?: { isFallbackAdapter?: boolean };
  isFallbackAdapter?: boolean;
}

/** Return the runtime that works everywhere; more threads than one need a page that is isolated from other sites. */
export async function wasmRuntime(threads: number): Promise<Runtime> {
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.wasmPaths = { mjs: plainModule, wasm: plainBinary };
  ort.env.wasm.numThreads = threads;
  return {
    name: "wasm",
    threads,
    open: (graph) => ort.InferenceSession.create(graph, { executionProviders: ["wasm"] }),
    tensor: (pixels, dims) => new ort.Tensor("uint8", pixels, dims),
  };
}

/** Return the runtime on the graphics processor, or null where there is none. */
export async function gpuRuntime(): Promise<Runtime | null> {
  const { gpu } = navigator as { gpu?: { requestAdapter: () => Promise<Adapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  // One that draws on the processor is slower than WebAssembly. Browsers moved the sign of it.
  if (!adapter || (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter)) return null;
  const ort = await import("onnxruntime-web/webgpu");
  ort.env.wasm.wasmPaths = { mjs: gpuModule, wasm: gpuBinary };
  ort.env.wasm.numThreads = 1;
  return {
    name: "webgpu",
    threads: 1,
    open: (graph) => ort.InferenceSession.create(graph, { executionProviders: ["webgpu", "wasm"] }),
    tensor: (pixels, dims) => new ort.Tensor("uint8", pixels, dims),
  };
}
