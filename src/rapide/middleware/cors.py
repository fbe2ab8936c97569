"""Cross-origin resource sharing."""

from starlette.middleware.cors import CORSMiddleware as CORSMiddleware
