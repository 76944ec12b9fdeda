"""The words of the controls themselves (buttons, hints), in both languages; the browser script gets its own from here
too.
"""

from __future__ import annotations

LABELS: dict[str, tuple[str, str]] = {
    "choose": ("Please choose", "请选择"),
    "none": ("–", "–"),
    "yes": ("Yes", "是"),
    "no": ("No", "否"),
    "required": ("required", "必填"),
    "optional": ("optional", "选填"),
    "add_row": ("Add row", "添加一行"),
    "remove_row": ("Remove row", "删除此行"),
    "row": ("Row", "第"),
    "row_after": ("", "行"),
    "no_rows": ("No rows yet.", "暂无明细。"),
    "add_file": ("Choose file", "选择文件"),
    "take_photo": ("Take or choose photo", "拍照或选择照片"),
    "files_most": ("At most {n} files", "最多 {n} 个文件"),
    "photos_most": ("At most {n} photos", "最多 {n} 张照片"),
    "mb_each": ("at most {n} MB each", "每个不超过 {n} MB"),
    "mb": ("at most {n} MB", "不超过 {n} MB"),
    "files_all": ("at most {n} files", "最多 {n} 个"),
    "attached": ("All files together: ", "全部文件："),
    "kinds": ("kinds: {n}", "类型：{n}"),
    "position_kept": (
        "The place where a photo was taken stays in it: whoever may open the photo can see it.",
        "照片中的拍摄位置会保留，可打开照片的人都能看到。",
    ),
    "sign": ("Sign in the box with finger, pen or mouse", "请用手指、笔或鼠标在框内签名"),
    "sign_keys": ("Or type your name and press “Use as signature”", "也可输入姓名并点击“用作签名”"),
    "sign_name": ("Name for the signature", "签名姓名"),
    "sign_typed": ("Use as signature", "用作签名"),
    "sign_save": ("Done", "完成签名"),
    "sign_clear": ("Sign again", "重新签名"),
    "signed": ("Signed", "已签名"),
    "locate": ("Record location", "获取定位"),
    "lat": ("Latitude", "纬度"),
    "lon": ("Longitude", "经度"),
    "accuracy": ("Accuracy in metres", "精度（米）"),
    "remove": ("Remove", "移除"),
    "calculated": ("Calculated", "自动计算"),
    "problems": ("Please check these answers:", "请检查以下各项："),
    "script.uploading": ("Uploading", "上传中"),
    "script.failed": (
        "The upload failed. It will be tried again when you choose the file once more.",
        "上传失败，请重新选择文件。",
    ),
    "script.too_large": ("“{name}” is too large: {n} MB at most.", "“{name}”过大：不得超过 {n} MB。"),
    "script.too_many": ("No more files can be added here.", "不能再添加文件。"),
    "script.locating": ("Finding the location …", "正在定位…"),
    "script.no_location": (
        "The location could not be found. Please allow it, or type it in.",
        "无法获取定位，请允许定位或手动输入。",
    ),
    "script.saved": ("Draft saved", "草稿已保存"),
    "script.saved_here": ("No connection: your answers are kept on this device", "网络中断，内容已保存在本机"),
    "script.restored": ("Your answers from this device were restored", "已恢复本机保存的内容"),
    "script.required": ("Please fill this in.", "请填写此项。"),
    "script.row": ("Row {n}", "第 {n} 行"),
}


def label(key: str, lang: str) -> str:
    """The text for `lang`."""
    en, zh = LABELS[key]
    return zh if lang.startswith("zh") else en


def script_words(lang: str) -> dict[str, str]:
    """What the browser script says, without the `script.` in front."""
    return {key.removeprefix("script."): label(key, lang) for key in LABELS if key.startswith("script.")} | {
        key: label(key, lang) for key in ("remove", "signed", "yes", "no", "none")
    }
