import BuiltIn
import ZooCommand

ZooProgram.main(builtInArchitectures)
