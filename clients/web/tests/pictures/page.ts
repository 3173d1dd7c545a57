// A page without the app, on which tests/browser/test_phone_pictures.py tries the real picture code in a real browser.

import { findFaces, withoutFaces } from "../../src/picture/faces";
import { withoutMetadata } from "../../src/picture/metadata";

Object.assign(globalThis, { pictures: { withoutMetadata, findFaces, withoutFaces } });
