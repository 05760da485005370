import PlainLSTM
import TAMSD
import WADNet
import ZooCommand

ZooProgram.main([WADNet(), PlainLSTM(), TAMSD()])
