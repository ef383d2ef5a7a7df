"""The folder of the library that `tagger.modelfile.native` opens."""
