# fish completion of usersig(1). Commands and options come from `usersig --help`, so that they cannot differ from it; apps and
# administrators from sigd.

# calls: by gen_calls.py
set -g __usersig_calls (string split -n ' ' (string join ' ' '
    ConfigSvc/GetIPList
    all_member_push/im_add_tag
    all_member_push/im_get_attr
    all_member_push/im_get_attr_name
    all_member_push/im_get_tag
    all_member_push/im_push
    all_member_push/im_remove_all_tags
    all_member_push/im_remove_attr
    all_member_push/im_remove_tag
    all_member_push/im_set_attr
    all_member_push/im_set_attr_name
    call_engine_http_srv/end_call
    call_engine_http_srv/get_call_info
    call_engine_http_srv/start_call_by_robot
    call_record_http_srv/get_record_by_callid
    call_record_http_srv/get_record_by_filter
    follow/follow_add
    follow/follow_check
    follow/follow_delete
    follow/follow_get
    follow/follow_get_info
    group_open_attr_http_svc/get_group_attr
    group_open_avchatroom_http_svc/check_members
    group_open_avchatroom_http_svc/get_admin_list
    group_open_avchatroom_http_svc/get_members
    group_open_avchatroom_http_svc/modify_admin
    group_open_avchatroom_http_svc/modify_user_info
    group_open_http_svc/add_group_member
    group_open_http_svc/ban_group_member
    group_open_http_svc/change_group_owner
    group_open_http_svc/clear_group_attr
    group_open_http_svc/clear_group_msg
    group_open_http_svc/create_group
    group_open_http_svc/delete_group_attr
    group_open_http_svc/delete_group_counter
    group_open_http_svc/delete_group_member
    group_open_http_svc/delete_group_msg_by_sender
    group_open_http_svc/destroy_group
    group_open_http_svc/forbid_send_msg
    group_open_http_svc/get_appid_group_list
    group_open_http_svc/get_group_ban_member
    group_open_http_svc/get_group_counter
    group_open_http_svc/get_group_info
    group_open_http_svc/get_group_member_info
    group_open_http_svc/get_group_msg_receipt
    group_open_http_svc/get_group_msg_receipt_detail
    group_open_http_svc/get_group_muted_account
    group_open_http_svc/get_group_shutted_uin
    group_open_http_svc/get_joined_group_list
    group_open_http_svc/get_online_member_num
    group_open_http_svc/get_role_in_group
    group_open_http_svc/get_specified_group_member_info
    group_open_http_svc/group_msg_get_simple
    group_open_http_svc/group_msg_recall
    group_open_http_svc/group_msg_receipt
    group_open_http_svc/import_group
    group_open_http_svc/import_group_member
    group_open_http_svc/import_group_msg
    group_open_http_svc/import_topic
    group_open_http_svc/modify_group_attr
    group_open_http_svc/modify_group_base_info
    group_open_http_svc/modify_group_member_info
    group_open_http_svc/send_broadcast_msg
    group_open_http_svc/send_group_msg
    group_open_http_svc/send_group_system_notification
    group_open_http_svc/set_group_attr
    group_open_http_svc/set_unread_msg_num
    group_open_http_svc/unban_group_member
    group_open_http_svc/update_group_counter
    im_cos_msg/allow_banned_object
    im_cos_msg/forbid_illegal_object
    im_cos_msg/get_cos_sig
    im_msg_audit/batch_content_moderation
    im_msg_audit/content_moderation
    im_msg_audit_mgr/add_cloud_audit_keywords
    im_msg_audit_mgr/add_local_audit_keywords
    im_msg_audit_mgr/delete_cloud_audit_keywords
    im_msg_audit_mgr/delete_local_audit_keywords
    im_msg_audit_mgr/get_cloud_audit_keywords
    im_msg_audit_mgr/get_cloud_audit_keywords_ids
    im_msg_audit_mgr/get_local_audit_keywords
    im_open_login_svc/account_check
    im_open_login_svc/account_delete
    im_open_login_svc/account_import
    im_open_login_svc/kick
    im_open_login_svc/multiaccount_import
    live_engine_http_srv/add_gift
    live_engine_http_srv/add_gift_category
    live_engine_http_srv/add_gift_category_relations
    live_engine_http_srv/add_robot
    live_engine_http_srv/ban_member
    live_engine_http_srv/create_room
    live_engine_http_srv/del_gift
    live_engine_http_srv/del_gift_category
    live_engine_http_srv/del_gift_category_language
    live_engine_http_srv/del_gift_category_relations
    live_engine_http_srv/del_gift_language
    live_engine_http_srv/del_robot
    live_engine_http_srv/del_room_metadata
    live_engine_http_srv/destroy_room
    live_engine_http_srv/edit_gift
    live_engine_http_srv/edit_gift_category
    live_engine_http_srv/get_admin_list
    live_engine_http_srv/get_banned_member_list
    live_engine_http_srv/get_gift
    live_engine_http_srv/get_gift_category
    live_engine_http_srv/get_gift_category_language
    live_engine_http_srv/get_gift_count
    live_engine_http_srv/get_gift_info_list
    live_engine_http_srv/get_gift_language
    live_engine_http_srv/get_muted_member_list
    live_engine_http_srv/get_robot
    live_engine_http_srv/get_room_info
    live_engine_http_srv/get_room_list
    live_engine_http_srv/get_room_metadata
    live_engine_http_srv/get_room_statistic
    live_engine_http_srv/modify_admin
    live_engine_http_srv/mute_member
    live_engine_http_srv/resume_mcu_task
    live_engine_http_srv/send_custom_msg
    live_engine_http_srv/send_text_msg
    live_engine_http_srv/set_gift_category_language
    live_engine_http_srv/set_gift_language
    live_engine_http_srv/set_room_metadata
    live_engine_http_srv/unban_member
    live_engine_http_srv/update_room_info
    million_group_open_http_svc/create_topic
    million_group_open_http_svc/destroy_topic
    million_group_open_http_svc/get_topic
    million_group_open_http_svc/modify_topic
    official_account_open_http_svc/add_subscriber
    official_account_open_http_svc/create_official_account
    official_account_open_http_svc/delete_subscriber
    official_account_open_http_svc/destroy_official_account
    official_account_open_http_svc/get_official_account_info
    official_account_open_http_svc/get_subscribed_official_account_list
    official_account_open_http_svc/get_subscriber_info
    official_account_open_http_svc/modify_official_account_base_info
    official_account_open_http_svc/modify_subscriber_info
    official_account_open_http_svc/official_account_msg_get_simple
    official_account_open_http_svc/official_account_msg_recall
    official_account_open_http_svc/send_official_account_msg
    open_msg_svc/get_history
    openconfigsvr/getappinfo
    openconfigsvr/getnospeaking
    openconfigsvr/setnospeaking
    openim/admin_getroammsg
    openim/admin_msgwithdraw
    openim/admin_set_msg_read
    openim/batchsendmsg
    openim/c2c_msg_read_receipt
    openim/delete_c2c_msg_ramble
    openim/get_c2c_unread_msg_num
    openim/importmsg
    openim/modify_c2c_msg
    openim/modify_group_msg
    openim/query_online_status
    openim/querystate
    openim/sendmsg
    openim_dirty_words/add
    openim_dirty_words/delete
    openim_dirty_words/get
    openim_msg_ext_http_svc/get_key_values
    openim_msg_ext_http_svc/group_get_key_values
    openim_msg_ext_http_svc/group_set_key_values
    openim_msg_ext_http_svc/set_key_values
    openim_robot_http_svc/create_robot
    openim_robot_http_svc/delete_robot
    openim_robot_http_svc/get_all_robots
    openim_robot_http_svc/send_stream_msg
    openpic/pic_up
    profile/portrait_get
    profile/portrait_set
    recentcontact/create_contact_group
    recentcontact/del_contact_group
    recentcontact/delete
    recentcontact/get_contact_group
    recentcontact/get_list
    recentcontact/mark_contact
    recentcontact/search_contact_group
    recentcontact/update_contact_group
    registration_service/register_account_v1
    room_engine_http_mic/get_seat_list
    room_engine_http_mic/kick_user_off_seat
    room_engine_http_mic/lock_seat
    room_engine_http_mic/pick_user_on_seat
    room_engine_http_mic/switch_seat
    room_engine_http_srv/ban_room_member
    room_engine_http_srv/change_room_owner
    room_engine_http_srv/create_room
    room_engine_http_srv/destroy_room
    room_engine_http_srv/get_banned_member_list
    room_engine_http_srv/get_room_info
    room_engine_http_srv/get_room_member_list
    room_engine_http_srv/kick_user_out
    room_engine_http_srv/mark_room_member
    room_engine_http_srv/unban_room_member
    room_engine_http_srv/update_room_info
    room_engine_http_srv/update_room_member_info
    sns/black_list_add
    sns/black_list_check
    sns/black_list_delete
    sns/black_list_get
    sns/friend_add
    sns/friend_check
    sns/friend_delete
    sns/friend_delete_all
    sns/friend_get
    sns/friend_get_all
    sns/friend_get_list
    sns/friend_import
    sns/friend_update
    sns/group_add
    sns/group_delete
    sns/group_get
    stream_msg/send_c2c_stream_msg
    stream_msg/send_group_stream_msg
    timpush/add_tag
    timpush/batch
    timpush/clear_all_tags
    timpush/get_attr
    timpush/get_attr_name
    timpush/get_tag
    timpush/push
    timpush/remove_attr
    timpush/remove_tag
    timpush/revoke
    timpush/set_attr
    timpush/set_attr_name
' | string replace -ra '\s+' ' '))
# end of calls

function __usersig_words
    commandline -opc
end

# What sigd says of the caller's apps: names of "name", or of "admins".
function __usersig_ask
    set -l words (__usersig_words)
    set -l socket
    if set -l at (contains -i -- --socket $words)
        set socket --socket $words[(math $at + 1)]
    end
    set -l json ($words[1] status --json $socket 2>/dev/null)
    switch $argv[1]
        case apps
            string match -ra '"name": *"[^"]*"' -- $json | string replace -r '.*"([^"]*)"$' '$1'
        case admins
            string match -ra '"admins": *\[[^]]*\]' -- $json | string replace '"admins"' '' | string match -ra '"[^"]*"' |
                string trim -c '"'
    end
end

function __usersig_commands
    set -l words (__usersig_words)
    $words[1] --help 2>/dev/null | sed -n '/^Commands$/,/^$/p' | string match -rg '^  ([a-z-]+) +(\S.*)$' | while read -l name
        read -l about
        printf '%s\t%s\n' $name $about
    end
end

function __usersig_options
    set -l words (__usersig_words)
    test (count $words) -ge 2; or return
    $words[1] $words[2] --help 2>/dev/null | string match -rg '^  (--[a-z0-9-]+)(?: [A-Z=]+)?  +(\S.*)$' | while read -l name
        read -l about
        printf '%s\t%s\n' $name $about
    end
end

function __usersig_complete
    set -l words (__usersig_words)
    set -l current (commandline -ct)
    if test (count $words) -eq 1
        __usersig_commands
        printf '%s\n' help --help --version
        return
    end
    switch $words[-1]
        case help
            __usersig_commands
            return
        case --key-file --socket --cacert --resume
            __fish_complete_path $current
            return
        case --region
            printf '%s\n' china singapore seoul tokyo frankfurt jakarta
            return
        case --format
            printf '%s\n' ndjson text
            return
        case --app
            __usersig_ask apps
            return
        case --as --identifier --for
            __usersig_ask admins
            return
        case --sdkappid --lifetime --min-remaining --room --room-string --rights --host --random --param --now --jobs --rate \
            --deadline
            return
    end
    switch $current
        case '@*' # a file behind the @
            __fish_complete_path (string sub -s 2 -- $current) | string replace -r '^' @
            return
        case '-*'
            __usersig_options
            return
    end
    switch $words[2]
        case url call
            string match -q '*/*' -- $words[3..-1]; or printf '%s\n' $__usersig_calls # else it is there
        case apis
            printf '%s\n' $__usersig_calls
        case export
            printf '%s\n' postman openapi http
    end
end

complete -c usersig -f -a '(__usersig_complete)'
